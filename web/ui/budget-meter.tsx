/** The spent share of an epsilon, as a ruler that fills. Its text says the same. */
import type { JSX } from 'solid-js';

export interface BudgetMeterProps {
  readonly budget: { readonly epsilon: number; readonly spent: number };
  /** The label, and the value in words. */
  readonly label: string;
  readonly text: string;
}

/** From 0 to 1; an epsilon of 0 has no share. */
export const shareOf = ({ epsilon, spent }: BudgetMeterProps['budget']): number => (epsilon > 0 ? Math.min(1, spent / epsilon) : 0);

export function BudgetMeter(props: BudgetMeterProps): JSX.Element {
  return (
    <div
      class="ruler"
      role="meter"
      aria-label={props.label}
      aria-valuemin="0"
      aria-valuemax={props.budget.epsilon}
      aria-valuenow={Math.min(props.budget.spent, props.budget.epsilon)}
      aria-valuetext={props.text}
      style={{ '--share': shareOf(props.budget) }}
    />
  );
}
