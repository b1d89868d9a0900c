/** Makes this process the holder of a directory; what lets go of it. */
export async function holdDirectory(_directory: string, _waitMs: number): Promise<() => Promise<void>> {
  return async () => undefined;
}
