/** Whether two types are the same. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles when all of it is true. */
export declare function holds<All extends readonly true[]>(...proof: Partial<All>): void;
