import { describeVariable, variables } from '../src/config/environment.ts';

const HEAD = `# Configuration

Environment variables, or a \`.env\` file. All invalid values are reported together (exit code 78). Durations are \`90s\`,
\`15m\`, \`12h\`; lists are separated by commas. Variables marked ⚿ can be passed as \`NAME_FILE\`, the path of a file with the
value. Generated from \`src/config/environment.ts\` by \`npm run docs\`.

| variable | default | meaning | example |
| --- | --- | --- | --- |
`;

/** docs/configuration.md, from the schema that the portal parses its environment with. */
export function configurationPage(): string {
  const rows = Object.entries(variables.shape).map(([name, schema]) => {
    const { meaning, example, secret, default: standard } = describeVariable(schema);
    const required = !schema.safeParse(undefined).success;
    const cells = [
      `\`${name}\`${secret ? ' ⚿' : ''}`,
      required ? 'required' : code(standard),
      meaning,
      code(example),
    ];
    return `| ${cells.join(' | ')} |\n`;
  });
  return HEAD + rows.join('');
}

function code(text: string | undefined): string {
  return text ? `\`${text}\`` : '';
}
