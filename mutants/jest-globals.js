import { fn, spyOn } from 'jest-mock';

export const jest = { fn, spyOn };
