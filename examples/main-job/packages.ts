import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** What the job keeps of a package.json. */
export interface Package {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly licence: string;
  /** Names and ranges, as they are written. */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly bytes: number;
  /** Who has looked at it. */
  readonly reviewers: readonly string[];
}

/** Reads every package.json below a folder: its path with `/`, and what it says. */
export async function readPackages(folder: string): Promise<(readonly [file: string, Package])[]> {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => path.basename(name) === 'package.json');
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(path.join(folder, file), 'utf8');
      return [file.replaceAll(path.sep, '/'), packageOf(text)] as const;
    }),
  );
}

function packageOf(text: string): Package {
  const fields = JSON.parse(text) as Readonly<Record<string, unknown>>;
  return {
    name: textOf(fields['name']),
    version: textOf(fields['version']),
    licence: licenceOf(fields['license'] ?? fields['licenses']),
    dependencies: (fields['dependencies'] ?? {}) as Readonly<Record<string, string>>,
    bytes: Buffer.byteLength(text),
    reviewers: [],
  };
}

/** Old packages write a licence as `{ type }`, or a list of them. */
function licenceOf(field: unknown): string {
  if (typeof field === 'string') return field;
  const [first] = Array.isArray(field) ? (field as readonly unknown[]) : [field];
  const type = typeof first === 'object' && first !== null && 'type' in first ? first.type : undefined;
  return textOf(type) ?? 'none given';
}

function textOf(field: unknown): string | undefined {
  return typeof field === 'string' ? field : undefined;
}
