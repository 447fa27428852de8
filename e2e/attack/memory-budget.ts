/** The relay's `memory` setting in every attack: what it may keep for others, in MB. */
export const MEMORY_BUDGET_MB = 256;
