import eslint from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

/**
 * The import rule of ARCHITECTURE.md, as the editor shows it. `__tests__/architecture.test.ts` holds the same rule.
 * Each folder names the folders and packages that it must not import.
 */
const forbidden = {
  oci: [
    '**/promotion/**',
    '**/promote/**',
    '**/registry/**',
    '**/credentials/**',
    '**/action/**',
    '@actions/*',
    'node:!(crypto)'
  ],
  promotion: ['**/promote/**', '**/registry/**', '**/credentials/**', '**/action/**', '@actions/*', 'node:*'],
  promote: ['**/registry/**', '**/credentials/**', '**/action/**', '@actions/*', 'node:*'],
  registry: ['**/promotion/**', '**/promote/**', '**/credentials/**', '**/action/**', '@actions/core'],
  credentials: ['**/promotion/**', '**/promote/**', '**/registry/**', '**/action/**', '@actions/*'],
  action: ['@actions/http-client']
}

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', 'build/', '.cache/']),
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js', 'scripts/*.mjs'] },
        tsconfigRootDir: import.meta.dirname
      },
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', Buffer: 'readonly' }
    },
    rules: {
      'max-lines': ['error', { max: 250 }],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', { max: 3 }],
      complexity: ['error', { max: 10 }],
      eqeqeq: 'error',
      'no-console': 'error',
      'no-warning-comments': [
        'error',
        { terms: ['istanbul ignore', 'c8 ignore', 'v8 ignore', 'todo', 'fixme'], location: 'anywhere' }
      ],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true }
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error'
    }
  },
  ...Object.entries(forbidden).map(([folder, group]) => ({
    files: [`src/${folder}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group,
              message: `src/${folder} must not import this: see ARCHITECTURE.md, "Direction of imports".`
            }
          ]
        }
      ]
    }
  })),
  {
    // Tests of one topic are in one file.
    files: ['__tests__/**/*.test.ts'],
    rules: { 'max-lines-per-function': 'off', 'max-lines': ['error', { max: 400 }] }
  },
  {
    files: ['scripts/**', 'demo/**', 'bench/**', 'trial/**', 'release/**'],
    rules: { 'no-console': 'off' }
  },
  { files: ['**/*.{js,mjs}'], extends: [tseslint.configs.disableTypeChecked] }
)
