/** What can be typed in a conversation instead of a message. */
export type ChatCommand =
  | { readonly type: 'clear' }
  | { readonly type: 'system'; readonly text: string }
  /** Without a mode it is shown. */
  | { readonly type: 'think'; readonly mode: 'on' | 'off' | 'auto' | undefined }
  | { readonly type: 'format'; readonly format: 'json' | 'text' | undefined }
  | { readonly type: 'help' }
  | { readonly type: 'bye' }
  /** `problem` is for people. */
  | { readonly type: 'unknown'; readonly problem: string };

/** Undefined for an ordinary message, also one that begins with a path such as `/etc/hosts`. */
export function parseChatCommand(line: string): ChatCommand | undefined {
  const [, name, text = ''] = /^\/([a-z?]+)(?:\s+(.*))?$/.exec(line.trim()) ?? [];
  switch (name) {
    case undefined:
      return undefined;
    case 'clear':
    case 'help':
      return { type: name };
    case '?':
      return { type: 'help' };
    case 'system':
      return { type: 'system', text };
    case 'think':
      if (text === '' || text === 'on' || text === 'off' || text === 'auto') {
        return { type: 'think', mode: text === '' ? undefined : text };
      }
      return { type: 'unknown', problem: '/think is followed by on, off or auto.' };
    case 'format':
      if (text === '' || text === 'json' || text === 'text') {
        return { type: 'format', format: text === '' ? undefined : text };
      }
      return { type: 'unknown', problem: '/format is followed by json or text.' };
    case 'bye':
    case 'exit':
      return { type: 'bye' };
    default:
      return { type: 'unknown', problem: `/${name} is not a command; /help lists them.` };
  }
}

export const chatHelp = `/system TEXT   set the instructions for the model; without TEXT, show them
/think MODE    whether the model thinks first: on, off, or auto as it likes; without MODE, show it
/format KIND   what answers look like: json or text; without KIND, show it
/clear         forget the conversation, keep the instructions
/help          show this
/bye           leave

"""            begin a message of several lines; """ at the end of a line ends it
Ctrl-C         stop the answer; at the prompt, discard what is typed, or leave when nothing is
Ctrl-D         leave`;
