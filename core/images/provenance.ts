/** How a picture came to be, as told in its own file. Never the prompt: files travel further than their owner's words should. */
export type Provenance = {
  generationId: string;
  /** Name of the provider that ran the model: `replicate`. */
  provider: string;
  /** Name of the model: `flux-schnell`. */
  model: string;
  seed: number;
  createdAt: Date;
};

/**
 * The provenance as an XMP packet (ISO 16684-1), with the IPTC Photo Metadata 2025.1 properties by which viewers and
 * search engines recognise a picture made by AI. What IPTC has no property for stands in a namespace of our own.
 */
export function createXmpPacket(provenance: Provenance): string {
  const properties = {
    'Iptc4xmpExt:DigitalSourceType': 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia',
    'Iptc4xmpExt:AISystemUsed': provenance.model,
    'xmp:CreatorTool': 'Easel',
    'xmp:CreateDate': provenance.createdAt.toISOString(),
    'easel:GenerationId': provenance.generationId,
    'easel:Provider': provenance.provider,
    'easel:Seed': String(provenance.seed),
  };
  const elements = Object.entries(properties).map(([name, value]) => `   <${name}>${escapeXml(value)}</${name}>`);
  return `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmlns:easel="urn:easel:image#">
${elements.join('\n')}
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>`;
}

/** Control characters have no place in XML 1.0, not even escaped. */
function escapeXml(text: string): string {
  return text
    .replace(/\p{Cc}/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
