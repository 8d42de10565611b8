import type { Rule } from 'eslint'

export const emitters: Rule.RuleModule
