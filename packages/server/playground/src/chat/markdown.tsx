import { lexer, type MarkedToken, type Token } from 'marked';
import type { ComponentChildren, JSX } from 'preact';

/**
 * A model's Markdown as elements. Nothing of it becomes HTML: tags are shown as text, images as links, and a link is
 * one only to http, https or mailto.
 */
export function Markdown({ text }: { readonly text: string }) {
  return <div class="markdown">{renderAll(lexer(text))}</div>;
}

function renderAll(tokens: readonly Token[] | undefined): ComponentChildren {
  return tokens?.map((token, index) => <Block key={index} token={token as MarkedToken} />);
}

function Block({ token }: { readonly token: MarkedToken }): JSX.Element | null {
  switch (token.type) {
    case 'space':
    case 'def':
      return null;
    case 'paragraph':
      return <p>{renderAll(token.tokens)}</p>;
    case 'heading': {
      // The view has its own h1 and the answer stands under an h2.
      const Heading = `h${Math.min(6, token.depth + 2)}` as 'h3';
      return <Heading>{renderAll(token.tokens)}</Heading>;
    }
    case 'code':
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within the keyboard's reach.
        <pre tabIndex={0}>
          <code>{token.text}</code>
        </pre>
      );
    case 'blockquote':
      return <blockquote>{renderAll(token.tokens)}</blockquote>;
    case 'list': {
      const items = token.items.map((item, index) => <li key={index}>{renderAll(item.tokens)}</li>);
      return token.ordered ? <ol start={token.start === '' ? 1 : token.start}>{items}</ol> : <ul>{items}</ul>;
    }
    case 'table':
      return (
        <table>
          <thead>
            <tr>
              {token.header.map((cell, index) => (
                <th key={index} scope="col">
                  {renderAll(cell.tokens)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {token.rows.map((row, rowIndex) => (
              <tr key={rowIndex}>
                {row.map((cell, index) => (
                  <td key={index}>{renderAll(cell.tokens)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      );
    case 'hr':
      return <hr />;
    case 'br':
      return <br />;
    case 'strong':
      return <strong>{renderAll(token.tokens)}</strong>;
    case 'em':
      return <em>{renderAll(token.tokens)}</em>;
    case 'del':
      return <del>{renderAll(token.tokens)}</del>;
    case 'codespan':
      return <code>{token.text}</code>;
    case 'link':
      return <SafeLink href={token.href}>{renderAll(token.tokens)}</SafeLink>;
    case 'image':
      return <SafeLink href={token.href}>{token.text === '' ? token.href : token.text}</SafeLink>;
    case 'checkbox':
      return <>{token.checked ? '☑ ' : '☐ '}</>;
    case 'text':
      return <>{'tokens' in token && token.tokens ? renderAll(token.tokens) : token.text}</>;
    case 'escape':
      return <>{token.text}</>;
    default:
      return <>{token.raw}</>;
  }
}

function SafeLink({ href, children }: { readonly href: string; readonly children: ComponentChildren }) {
  if (!/^(https?:|mailto:)/i.test(href)) return <>{children}</>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}
