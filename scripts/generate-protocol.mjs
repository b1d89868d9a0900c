// Makes src/engines/etcd/protocol/{requests,responses,methods}.ts of etcd.proto beside them.
//
//   node scripts/generate-protocol.mjs            writes the files
//   node scripts/generate-protocol.mjs --check    fails when they are not what it would write
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../src/engines/etcd/protocol/', import.meta.url));

/** How fields are written and read; `wire` is their kind on the wire. */
const SCALARS = {
  int64: { type: 'number', wire: 0, write: (v) => [`w.varint(${v});`], read: 'r.int64()', none: '0' },
  uint64: { type: 'number', wire: 0, write: (v) => [`w.varint(${v});`], read: 'r.varint()', none: '0' },
  bool: { type: 'boolean', wire: 0, write: () => ['w.varint(1);'], read: 'r.varint() !== 0', none: 'false' },
  bytes: {
    type: 'Buffer',
    wire: 2,
    write: lengthBefore((v) => `w.bytes(${v});`),
    read: 'r.bytes()',
    none: 'NONE',
  },
  string: {
    type: 'string',
    wire: 2,
    write: lengthBefore((v) => `w.text(${v});`),
    read: 'r.text()',
    none: "''",
  },
};

/** @param {(value: string) => string} content */
function lengthBefore(content) {
  return (/** @type {string} */ value) => [
    'const end = w.length;',
    content(value),
    'w.varint(w.length - end);',
  ];
}

/** @param {string} text */
export function parse(text) {
  const bare = text.replaceAll(/\/\/.*$/gm, '');
  const messages = new Map();
  for (const [, name, body] of bare.matchAll(/message (\w+) \{([^}]*)\}/g)) {
    const fields = [...body.matchAll(/(repeated )?(\w+) (\w+) = (\d+);/g)].map(
      ([, repeated, type, field, number]) => ({
        name: camel(field),
        type,
        number: Number(number),
        repeated: repeated !== undefined,
      }),
    );
    messages.set(name, fields);
  }
  const methods = [];
  for (const [, service, body] of bare.matchAll(/service (\w+) \{([^}]*)\}/g)) {
    for (const [, name, request, response] of body.matchAll(
      /rpc (\w+)\((?:stream )?(\w+)\) returns \((?:stream )?(\w+)\)/g,
    ))
      methods.push({ service, name, request, response });
  }
  return { messages, methods, package: /package (\w+);/.exec(bare)?.[1] ?? '' };
}

/** @param {string} name */
function camel(name) {
  return name === name.toUpperCase()
    ? name.toLowerCase()
    : name.replaceAll(/_(\w)/g, (_, c) => c.toUpperCase());
}

function reachable(messages, names) {
  const found = new Set();
  const visit = (name) => {
    if (found.has(name) || !messages.has(name)) return;
    found.add(name);
    for (const { type } of messages.get(name)) visit(type);
  };
  for (const name of names) visit(name);
  return [...found];
}

const HEAD = '// Made by scripts/generate-protocol.mjs of etcd.proto; change that, not this.\n';

function requestsFile({ messages, methods }) {
  const names = reachable(
    messages,
    methods.map(({ request }) => request),
  );
  const parts = names.map((name) => {
    const fields = messages.get(name);
    const types = fields.map(({ name: field, type, repeated }) => {
      const one = SCALARS[type]?.type.replace('Buffer', 'Uint8Array') ?? type;
      return `  readonly ${field}?: ${repeated ? `readonly ${one}[]` : one} | undefined;`;
    });
    const lines = [...fields]
      .sort((a, b) => b.number - a.number)
      .flatMap((field) => writeField(field, messages.get(field.type)?.length === 0));
    if (fields.length === 0)
      return `/** A message without content. */\nexport type ${name} = Readonly<Record<string, never>>;\n\nexport function write${name}(): void {}\n`;
    return `export interface ${name} {\n${types.join('\n')}\n}\n\nexport function write${name}(w: Writer, m: ${name}): void {\n${lines.map((line) => `  ${line}`).join('\n')}\n}\n`;
  });
  return `${HEAD}import type { Writer } from './writer.ts';\n\n${parts.join('\n')}`;
}

function writeField({ name, type, number, repeated }, isEmpty) {
  const scalar = SCALARS[type];
  const tag = `w.varint(${number * 8 + (scalar?.wire ?? 2)});`;
  const write = scalar?.write ?? lengthBefore((v) => `write${type}(${isEmpty ? '' : `w, ${v}`});`);
  if (repeated)
    return [
      `for (let i = (m.${name}?.length ?? 0) - 1; i >= 0; i--) {`,
      `  const item = m.${name}?.[i];`,
      '  if (item === undefined) continue;',
      ...write('item').map((line) => `  ${line}`),
      `  ${tag}`,
      '}',
    ];
  const absent = { int64: '0', uint64: '0', bool: 'false' }[type];
  const given = `m.${name} !== undefined${absent === undefined ? '' : ` && m.${name} !== ${absent}`}`;
  return [`if (${given}) {`, ...write(`m.${name}`).map((line) => `  ${line}`), `  ${tag}`, '}'];
}

function responsesFile({ messages, methods }) {
  const names = reachable(
    messages,
    methods.map(({ response }) => response),
  );
  const parts = names.map((name) => {
    const fields = messages.get(name);
    if (fields.length === 0) {
      return `/** A message without content that is in use. */\nexport type ${name} = Readonly<Record<string, never>>;\n\nexport function read${name}(): ${name} {\n  return {};\n}\n`;
    }
    const typeOf = ({ type, repeated }) => {
      const one = SCALARS[type]?.type ?? type;
      return repeated ? `${one}[]` : SCALARS[type] ? one : `${one} | undefined`;
    };
    const types = fields.map(
      (field) => `  readonly ${field.name}: ${typeOf(field).replace(/^(\w+\[\])$/, 'readonly $1')};`,
    );
    const starts = fields.map((field) => {
      const none = field.repeated ? '[]' : (SCALARS[field.type]?.none ?? undefined);
      return `  ${field.repeated ? 'const' : 'let'} ${field.name}: ${typeOf(field)}${none === undefined ? '' : ` = ${none}`};`;
    });
    const cases = fields.flatMap(({ name: field, type, number, repeated }) => {
      const read = SCALARS[type]?.read ?? `r.part(read${type})`;
      const line = repeated ? `${field}.push(${read});` : `${field} = ${read};`;
      return [`      case ${number * 8 + (SCALARS[type]?.wire ?? 2)}:`, `        ${line}`, '        break;'];
    });
    const body = [
      ...starts,
      '  while (r.more) {',
      '    const tag = r.varint();',
      '    switch (tag) {',
      ...cases,
      '      default:',
      '        r.skip(tag);',
      '    }',
      '  }',
      `  return { ${fields.map(({ name: field }) => field).join(', ')} };`,
    ];
    return `export interface ${name} {\n${types.join('\n')}\n}\n\nexport function read${name}(r: Reader): ${name} {\n${body.join('\n')}\n}\n`;
  });
  return `${HEAD}import type { Reader } from './reader.ts';\n\nconst NONE: Buffer = Buffer.alloc(0);\n\n${parts.join('\n')}`;
}

function methodsFile({ methods, package: home }) {
  const entries = methods.map(({ service, name, request, response }) => {
    const key = name[0].toLowerCase() + name.slice(1);
    return `export const ${key}: Method<requests.${request}, responses.${response}> = {\n  path: '/${home}.${service}/${name}',\n  write: requests.write${request},\n  read: responses.read${response},\n};\n`;
  });
  return `${HEAD}import type { Method } from './method.ts';\nimport * as requests from './requests.ts';\nimport * as responses from './responses.ts';\n\n${entries.join('\n')}`;
}

/** The files by name, before formatting. */
export function generate() {
  const protocol = parse(readFileSync(path.join(FOLDER, 'etcd.proto'), 'utf8'));
  return {
    'requests.ts': requestsFile(protocol),
    'responses.ts': responsesFile(protocol),
    'methods.ts': methodsFile(protocol),
  };
}

/** Formatting is no difference. */
const bare = (text) => text.replaceAll(/[\s,;()]+/g, '');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes('--check');
  for (const [name, text] of Object.entries(generate())) {
    const file = path.join(FOLDER, name);
    if (!check) writeFileSync(file, text);
    else if (bare(readFileSync(file, 'utf8')) !== bare(text)) {
      console.error(`${name} is not what etcd.proto says: run node scripts/generate-protocol.mjs`);
      process.exitCode = 1;
    }
  }
}
