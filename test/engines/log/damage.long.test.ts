// Damage at every byte of a log of 1 MiB; SAMEMAP_BYTES says otherwise.
import { damageEverywhere } from './damage-everywhere.ts';

damageEverywhere(Number(process.env['SAMEMAP_BYTES'] ?? 2 ** 20));
