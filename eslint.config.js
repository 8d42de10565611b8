import regexp from 'eslint-plugin-regexp'
import tseslint from 'typescript-eslint'
import { emitters } from './scripts/lint/emitters.js'

// Time, chance and the environment enter through one door each (docs/source-layout.md).
const doors = [
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'Ask the injected Clock (foundation/clock).',
  },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Ask the injected Clock (foundation/clock).' },
  { selector: "MemberExpression[object.name='Math'][property.name='random']", message: 'Take an injected random source.' },
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: 'Only config/load.ts and app/ read the environment.',
  },
]
/** Branded names and spans are made by their makers alone. */
const makers = {
  selector:
    'TSAsExpression > TSTypeReference[typeName.name=/^(CallId|OfferId|AgentUri|GroupName|QueueName|WorkflowName|PromptId|TimerId|Millis|Instant|WallTime)$/]',
  message: 'Use its maker (routing/world/ids, foundation/time).',
}
/** In http/: a client may have left before the answer is ready, and then the event is over. */
const goneClients = {
  selector:
    "CallExpression[callee.property.name=/^(on|once)$/][arguments.0.value='close']:matches([callee.object.name='response'], [callee.object.property.name='raw'])",
  message: 'Use whenOver (http/when-over).',
}
const timers = ['setTimeout', 'setInterval', 'setImmediate'].map(name => ({
  name,
  message: 'Use the injected Clock (foundation/clock).',
}))

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      'console/public/**',
      'node_modules/**',
      'data/**',
      '**/*.cjs',
      'eslint.config.js',
      'scripts/lint/**',
      'scripts/healthcheck.js',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['src/**/*.ts', 'console/src/**/*.{ts,tsx}'],
    plugins: { carillon: { rules: { emitters } }, regexp },
    rules: {
      'carillon/emitters': 'error',
      // A pattern whose time grows with the square of a message's length lets one datagram delay every call.
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': 'error',
      'max-lines': ['error', { max: 500 }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 12],
      'no-restricted-syntax': ['error', ...doors, makers],
      'no-restricted-globals': ['error', ...timers],
    },
  },
  {
    files: ['src/http/**/*.ts'],
    ignores: ['src/http/when-over.ts'],
    rules: { 'no-restricted-syntax': ['error', ...doors, makers, goneClients] },
  },
  {
    files: ['src/routing/world/ids.ts', 'src/foundation/time.ts'],
    rules: { 'no-restricted-syntax': ['error', ...doors] },
  },
  {
    files: ['src/foundation/clock.ts', 'src/app/*.ts', 'src/main.ts', 'src/config/load.ts', 'console/src/clock.ts'],
    rules: { 'no-restricted-syntax': 'off', 'no-restricted-globals': 'off' },
  },
  {
    // Test code asserts on what it has just built; these strict rules buy nothing there.
    files: ['test/**/*.ts', 'scripts/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
    },
  },
)
