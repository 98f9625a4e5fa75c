/** What the pre-commit hook runs: format, lint and types of what is staged. @type {import('lint-staged').Configuration} */
export default {
  '*': 'prettier --write --ignore-unknown',
  '*.{ts,js,mjs}': ['oxlint --type-aware --max-warnings 0', () => 'npm run --silent check:types'],
};
