/** Ordered: `low` < `normal` < `high` < `critical`. */
export type Priority = 'low' | 'normal' | 'high' | 'critical';
