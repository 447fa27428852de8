/** The schema of UCI Adult's files: 14 columns without a header, then the income. Values as in its description. */
import type { TableTask } from '#protocol/manifest/task';

const category = (name: string, values: string) => ({ kind: 'category' as const, name, values: values.split(', '), others: true as const });
const number = (name: string, min: number, max: number, typical: number) => ({
  kind: 'number' as const,
  name,
  min,
  max,
  typical,
  missing: 'fill' as const,
});

export const ADULT_TASK: TableTask = {
  kind: 'table',
  columns: [
    number('age', 17, 90, 38),
    category('workclass', 'Private, Self-emp-not-inc, Self-emp-inc, Federal-gov, Local-gov, State-gov, Without-pay, Never-worked'),
    number('fnlwgt', 0, 1_500_000, 190_000),
    category(
      'education',
      'Bachelors, Some-college, 11th, HS-grad, Prof-school, Assoc-acdm, Assoc-voc, 9th, 7th-8th, 12th, Masters, 1st-4th, 10th, Doctorate, 5th-6th, Preschool',
    ),
    number('education-num', 1, 16, 10),
    category('marital-status', 'Married-civ-spouse, Divorced, Never-married, Separated, Widowed, Married-spouse-absent, Married-AF-spouse'),
    category(
      'occupation',
      'Tech-support, Craft-repair, Other-service, Sales, Exec-managerial, Prof-specialty, Handlers-cleaners, Machine-op-inspct, Adm-clerical, Farming-fishing, Transport-moving, Priv-house-serv, Protective-serv, Armed-Forces',
    ),
    category('relationship', 'Wife, Own-child, Husband, Not-in-family, Other-relative, Unmarried'),
    category('race', 'White, Asian-Pac-Islander, Amer-Indian-Eskimo, Other, Black'),
    category('sex', 'Female, Male'),
    number('capital-gain', 0, 99_999, 0),
    number('capital-loss', 0, 4356, 0),
    number('hours-per-week', 1, 99, 40),
    category(
      'native-country',
      'United-States, Cambodia, England, Puerto-Rico, Canada, Germany, Outlying-US(Guam-USVI-etc), India, Japan, Greece, South, China, Cuba, Iran, Honduras, Philippines, Italy, Poland, Jamaica, Vietnam, Mexico, Portugal, Ireland, France, Dominican-Republic, Laos, Ecuador, Taiwan, Haiti, Columbia, Hungary, Guatemala, Nicaragua, Scotland, Thailand, Yugoslavia, El-Salvador, Trinadad&Tobago, Peru, Hong, Holand-Netherlands',
    ),
  ],
  label: { name: 'income', classes: ['<=50K', '>50K'] },
  picture: null,
};
