/** Measured values with their names, in a row. What is undefined is left out. */
export function Stats({ values }: { readonly values: Readonly<Record<string, string | undefined>> }) {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  if (known.length === 0) return null;
  return (
    <dl class="stats">
      {known.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
