// Damage at every byte of a log of 1 MiB; SAMEMAP_BYTES says otherwise.
import { damageSuite } from './damage-suite.ts';

damageSuite(Number(process.env['SAMEMAP_BYTES'] ?? 2 ** 20));
