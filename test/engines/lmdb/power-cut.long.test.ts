// The power goes: what was acknowledged is on the disk. Needs a user who may mount, and perl for one call of the kernel.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { killLoop } from './kill-loop.ts';

/** Shuts a file system down as a power cut does: what was not flushed is gone (FS_IOC_SHUTDOWN, without the log). */
const CUT = `use Fcntl; sysopen(my $d, $ARGV[0], O_RDONLY) or die "open: $!";
my $how = pack("L", 2); ioctl($d, 0x8004587d, $how) or die "ioctl: $!";`;

const run = (command: string, ...args: string[]): void => {
  execFileSync(command, args, { stdio: 'ignore' });
};

/** Makes and mounts a small file system; `false` where this user may not. */
function mounted(image: string, at: string): boolean {
  try {
    run('truncate', '-s', '64M', image);
    run('mkfs.ext4', '-q', '-F', image);
    run('mount', '-o', 'loop', image, at);
    return true;
  } catch {
    return false;
  }
}

test('200 power cuts: what was acknowledged is there, no commit is split, no version comes twice', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'samemap-power-'));
  const [image, at] = [join(folder, 'image'), join(folder, 'disk')];
  mkdirSync(at);
  let there = false;
  t.after(() => {
    if (there) run('umount', at);
    rmSync(folder, { recursive: true, force: true });
  });
  there = mounted(image, at);
  if (!there) {
    t.skip('this user may not mount a file system');
    return;
  }
  const seed = Number(process.env['SAMEMAP_SEED'] ?? Date.now() % 2 ** 31);
  await killLoop([join(at, 'store')], 200, seed, {
    end(writer) {
      run('perl', '-e', CUT, at);
      writer.kill('SIGKILL');
    },
    gone() {
      run('umount', at);
      run('mount', '-o', 'loop', image, at);
    },
  });
});
