/** What can be typed in a conversation instead of a message. */
export type ChatCommand =
  | { readonly type: 'clear' }
  | { readonly type: 'system'; readonly text: string }
  | { readonly type: 'help' }
  | { readonly type: 'bye' }
  | { readonly type: 'unknown'; readonly name: string };

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
    case 'bye':
    case 'exit':
      return { type: 'bye' };
    default:
      return { type: 'unknown', name: `/${name}` };
  }
}

export const chatHelp = `/system TEXT   set the instructions for the model; without TEXT, show them
/clear         forget the conversation, keep the instructions
/help          show this
/bye           leave

"""            begin a message of several lines; """ at the end of a line ends it
Ctrl-C         stop the answer; at the prompt, discard what is typed, or leave when nothing is
Ctrl-D         leave`;
