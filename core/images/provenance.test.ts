import { describe, expect, it } from 'vitest';
import { createXmpPacket } from './provenance.ts';

const provenance = {
  generationId: '0198c1f2-7d1e-7a60-9c3b-1f2e3d4c5b6a',
  provider: 'replicate',
  model: 'flux-schnell',
  seed: 42,
  createdAt: new Date('2026-11-21T10:00:00.123Z'),
};

describe('the XMP packet', () => {
  it('holds what made the picture and nothing else', () => {
    const packet = createXmpPacket(provenance);
    const properties = [...packet.matchAll(/<([\w]+:[\w]+)>([^<]*)<\/\1>/g)].map(([, name, value]) => [name, value]);
    expect(Object.fromEntries(properties)).toEqual({
      'Iptc4xmpExt:DigitalSourceType': 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia',
      'Iptc4xmpExt:AISystemUsed': 'flux-schnell',
      'xmp:CreatorTool': 'Easel',
      'xmp:CreateDate': '2026-11-21T10:00:00.123Z',
      'easel:GenerationId': '0198c1f2-7d1e-7a60-9c3b-1f2e3d4c5b6a',
      'easel:Provider': 'replicate',
      'easel:Seed': '42',
    });
  });

  it('stays well-formed whatever the names are', () => {
    const packet = createXmpPacket({ ...provenance, model: 'a<b> & "c"\u0000\n', provider: ']]>' });
    expect(packet).toContain('<Iptc4xmpExt:AISystemUsed>a&lt;b&gt; &amp; "c"</Iptc4xmpExt:AISystemUsed>');
    expect(packet).toContain('<easel:Provider>]]&gt;</easel:Provider>');
  });
});
