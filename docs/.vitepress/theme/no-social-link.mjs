// In place of VitePress's component, which would fetch icons from another host.
export default { render: () => null };
