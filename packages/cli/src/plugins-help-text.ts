/** What `ferrum plugins … --help` says below the flags. */
export const listHelp = `
Built-in plugins come with the command; added ones are those of "ferrum plugins add"; FERRUM_PLUGINS names packages
of the folder you are in. Of two with the same name the first counts. Commands go on without one that fails and say so on
stderr. The exit code is 0 all the same; "ferrum doctor" ends with 1 when a plugin is broken.

With --json each line is an object: {"name","version","source":"built-in"|"added"|"environment","state":"registered"|
"failed","engines":[{"id","capability","device","features"}],"error"}.
`;

export const addHelp = `
The plugins are in the folder "plugins" of FERRUM_HOME. npm runs no scripts of them. A folder is copied: add it again
to take in its changes. If one of several packages cannot be added, none is.

Examples:
  ferrum plugins add @ferrum/plugin-llama-cpp
  ferrum plugins add ferrum-plugin-example@1.2.0
  ferrum plugins add ./my-plugin
`;

export const searchHelp = `
Finds packages with the keyword ferrum-plugin. With --json each line is an object: {"name","version","description"}.

Examples:
  ferrum plugins search
  ferrum plugins search speech
`;

export const explainHelp = `
→ marks the engine that is chosen: it has every --feature, can open the model, is preferred, scores highest.

With --json: {"model","explanations":[{"capability","candidates":[{"id","plugin","chosen","score","reason"}]}],
"failedPlugins":[{"name","source","error"}]}.

Examples:
  ferrum plugins explain smollm2:135m
  ferrum plugins explain ./model.gguf --capability text-generation --feature grammar --prefer @ferrum/plugin-llama-cpp
`;
