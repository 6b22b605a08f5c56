/**
 * The input schemas of the models, as each model's API page gives them. They are written here from
 * those pages and not taken from the code under test, which has to agree with them.
 */

type Field = {
  type: 'string' | 'integer' | 'number' | 'boolean' | 'array';
  enum?: readonly string[];
  minimum?: number;
  maximum?: number;
  /** Of the text itself, or of each text in the list. */
  format?: 'uri';
};

type EmulatedModel = {
  fields: Record<string, Field>;
  required: readonly string[];
  /** What the model gives without `output_format`. */
  format: 'png' | 'webp' | 'jpg';
  /** One address, or a list of them. */
  output: 'one' | 'list';
};

const text: Field = { type: 'string' };
const file: Field = { type: 'string', format: 'uri' };
const files: Field = { type: 'array', format: 'uri' };
const flag: Field = { type: 'boolean' };
const seed: Field = { type: 'integer' };
const choice = (...values: string[]): Field => ({
  type: 'string',
  enum: values,
});
const whole = (minimum: number, maximum: number): Field => ({
  type: 'integer',
  minimum,
  maximum,
});
const real = (minimum: number, maximum: number): Field => ({
  type: 'number',
  minimum,
  maximum,
});
const outputFormat = choice('webp', 'jpg', 'png');
const fluxRatios = ['1:1', '16:9', '21:9', '3:2', '2:3', '4:5', '5:4', '3:4', '4:3', '9:16', '9:21'];
const proRatios = ['1:1', '16:9', '3:2', '2:3', '4:5', '5:4', '9:16', '3:4', '4:3'];

export const emulatedModels: Record<string, EmulatedModel> = {
  'black-forest-labs/flux-schnell': {
    fields: {
      prompt: text,
      aspect_ratio: choice(...fluxRatios),
      num_outputs: whole(1, 4),
      num_inference_steps: whole(1, 4),
      seed,
      output_format: outputFormat,
      output_quality: whole(0, 100),
      disable_safety_checker: flag,
      go_fast: flag,
      megapixels: choice('1', '0.25'),
    },
    required: ['prompt'],
    format: 'webp',
    output: 'list',
  },
  'black-forest-labs/flux-dev': {
    fields: {
      prompt: text,
      aspect_ratio: choice(...fluxRatios),
      image: file,
      prompt_strength: real(0, 1),
      num_outputs: whole(1, 4),
      num_inference_steps: whole(1, 50),
      guidance: real(0, 10),
      seed,
      output_format: outputFormat,
      output_quality: whole(0, 100),
      disable_safety_checker: flag,
      go_fast: flag,
      megapixels: choice('1', '0.25'),
    },
    required: ['prompt'],
    format: 'webp',
    output: 'list',
  },
  'black-forest-labs/flux-kontext-pro': {
    fields: {
      prompt: text,
      input_image: file,
      aspect_ratio: choice('match_input_image', ...fluxRatios, '2:1', '1:2'),
      seed,
      output_format: choice('jpg', 'png'),
      safety_tolerance: whole(0, 6),
      prompt_upsampling: flag,
    },
    required: ['prompt'],
    format: 'png',
    output: 'one',
  },
  'black-forest-labs/flux-1.1-pro': {
    fields: {
      prompt: text,
      image_prompt: file,
      aspect_ratio: choice('custom', ...proRatios),
      width: whole(256, 1440),
      height: whole(256, 1440),
      safety_tolerance: whole(1, 6),
      seed,
      prompt_upsampling: flag,
      output_format: outputFormat,
      output_quality: whole(0, 100),
    },
    required: ['prompt'],
    format: 'webp',
    output: 'one',
  },
  'black-forest-labs/flux-2-pro': {
    fields: {
      prompt: text,
      input_images: files,
      aspect_ratio: choice('match_input_image', 'custom', ...proRatios),
      resolution: choice('match_input_image', '0.5 MP', '1 MP', '2 MP', '4 MP'),
      width: whole(256, 2048),
      height: whole(256, 2048),
      safety_tolerance: whole(1, 5),
      seed,
      output_format: outputFormat,
      output_quality: whole(0, 100),
    },
    required: ['prompt'],
    format: 'webp',
    output: 'one',
  },
  'google/imagen-4': {
    fields: {
      prompt: text,
      aspect_ratio: choice('1:1', '9:16', '16:9', '3:4', '4:3'),
      image_size: choice('1K', '2K'),
      safety_filter_level: choice('block_low_and_above', 'block_medium_and_above', 'block_only_high'),
      output_format: choice('jpg', 'png'),
    },
    required: ['prompt'],
    format: 'jpg',
    output: 'one',
  },
  'ideogram-ai/ideogram-v3-turbo': {
    fields: {
      prompt: text,
      aspect_ratio: choice(
        '1:3',
        '3:1',
        '1:2',
        '2:1',
        '9:16',
        '16:9',
        '10:16',
        '16:10',
        '2:3',
        '3:2',
        '3:4',
        '4:3',
        '4:5',
        '5:4',
        '1:1',
      ),
      resolution: text,
      magic_prompt_option: choice('Auto', 'On', 'Off'),
      image: file,
      mask: file,
      style_type: choice('None', 'Auto', 'General', 'Realistic', 'Design'),
      style_preset: text,
      style_reference_images: files,
      seed: { type: 'integer', maximum: 2_147_483_647 },
    },
    required: ['prompt'],
    format: 'png',
    output: 'one',
  },
  'stability-ai/stable-diffusion-3.5-large': {
    fields: {
      prompt: text,
      negative_prompt: text,
      aspect_ratio: choice('16:9', '1:1', '21:9', '2:3', '3:2', '4:5', '5:4', '9:16', '9:21'),
      cfg: real(1, 10),
      image: file,
      prompt_strength: real(0, 1),
      seed,
      output_format: outputFormat,
    },
    required: ['prompt'],
    format: 'webp',
    output: 'one',
  },
  'qwen/qwen-image': {
    fields: {
      prompt: text,
      negative_prompt: text,
      enhance_prompt: flag,
      aspect_ratio: choice('1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3'),
      image_size: choice('optimize_for_quality', 'optimize_for_speed'),
      go_fast: flag,
      guidance: real(0, 10),
      num_inference_steps: whole(1, 50),
      seed,
      output_format: outputFormat,
      output_quality: whole(0, 100),
      disable_safety_checker: flag,
    },
    required: ['prompt'],
    format: 'webp',
    output: 'list',
  },
  'recraft-ai/recraft-v3': {
    fields: {
      prompt: text,
      aspect_ratio: choice(
        'Not set',
        '1:1',
        '4:3',
        '3:4',
        '3:2',
        '2:3',
        '16:9',
        '9:16',
        '1:2',
        '2:1',
        '7:5',
        '5:7',
        '4:5',
        '5:4',
        '3:5',
        '5:3',
      ),
      size: choice(
        '1024x1024',
        '1365x1024',
        '1024x1365',
        '1536x1024',
        '1024x1536',
        '1820x1024',
        '1024x1820',
        '1024x2048',
        '2048x1024',
        '1434x1024',
        '1024x1434',
        '1024x1280',
        '1280x1024',
        '1024x1707',
        '1707x1024',
      ),
      style: text,
    },
    required: ['prompt'],
    format: 'webp',
    output: 'one',
  },
  'bytedance/seedream-4': {
    fields: {
      prompt: text,
      image_input: files,
      size: choice('1K', '2K', '4K', 'custom'),
      aspect_ratio: choice('match_input_image', '1:1', '4:3', '3:4', '16:9', '9:16', '3:2', '2:3', '21:9'),
      width: whole(1024, 4096),
      height: whole(1024, 4096),
      sequential_image_generation: choice('disabled', 'auto'),
      max_images: whole(1, 15),
      enhance_prompt: flag,
    },
    required: ['prompt'],
    format: 'jpg',
    output: 'list',
  },
};

export type InvalidField = { type: string; field: string; description: string };

/** What the real service says of an input, one line a fault, in its words. */
export function validateInput(model: EmulatedModel, input: Record<string, unknown>): InvalidField[] {
  const missing = model.required
    .filter((field) => input[field] === undefined)
    .map((field) => ({
      type: 'required',
      field: 'input',
      description: `${field} is required`,
    }));
  const wrong = Object.entries(input).flatMap(([name, value]) => {
    const field = model.fields[name];
    if (!field)
      return [
        {
          type: 'additional_property_not_allowed',
          field: 'input',
          description: `Additional property ${name} is not allowed`,
        },
      ];
    const fault = checkField(field, value);
    return fault ? [{ ...fault, field: `input.${name}` }] : [];
  });
  return [...missing, ...wrong];
}

function checkField(field: Field, value: unknown): Omit<InvalidField, 'field'> | null {
  const given = typeOf(value);
  if (given !== field.type && !(field.type === 'number' && given === 'integer')) {
    return {
      type: 'invalid_type',
      description: `Invalid type. Expected: ${field.type}, given: ${given}`,
    };
  }
  if (field.format && ![value].flat().every(isFileAddress)) {
    return { type: 'format', description: 'Does not match format "uri"' };
  }
  if (field.enum && !field.enum.includes(value as string)) {
    return {
      type: 'enum',
      description: `must be one of the following: ${field.enum.map((one) => `"${one}"`).join(', ')}`,
    };
  }
  if (field.minimum !== undefined && (value as number) < field.minimum) {
    return {
      type: 'number_gte',
      description: `Must be greater than or equal to ${field.minimum}`,
    };
  }
  if (field.maximum !== undefined && (value as number) > field.maximum) {
    return {
      type: 'number_lte',
      description: `Must be less than or equal to ${field.maximum}`,
    };
  }
  return null;
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  return typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value;
}

/** What a model can open: a page of the web, or up to 256 kB in the address itself. */
function isFileAddress(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const data = /^data:[\w.+-]+\/[\w.+-]+;base64,([A-Za-z0-9+/]+={0,2})$/.exec(value);
  if (data) return (data[1] as string).length <= Math.ceil(256_000 / 3) * 4;
  return /^https?:$/.test(URL.parse(value)?.protocol ?? '');
}
