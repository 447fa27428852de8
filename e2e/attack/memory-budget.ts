/** The relay's `memory` setting in every attack, in MB. */
export const MEMORY_BUDGET_MB = 256;
