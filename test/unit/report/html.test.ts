import { expect, test } from 'vitest';
import { Html, html } from '../../../shared/report/html.ts';

test('A value can open no tag and end no attribute', () => {
  const name = `"><script>alert('1')</script>&amp;`;
  expect(html`<p title="${name}">${name}</p>`.text).toBe(
    '<p title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;">&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;</p>',
  );
});

test('HTML in HTML stays, lists are joined, and nothing leaves nothing', () => {
  const items = ['<1>', 2, undefined, null, false as const, html`<b>${'&'}</b>`, [Html.trusted('<i></i>')]];
  expect(html`<ul>${items}</ul>`.text).toBe('<ul>&lt;1&gt;2<b>&amp;</b><i></i></ul>');
});

test('Characters that no page may hold, or that turn the text around, become visible', () => {
  expect(html`a${'\u0000\u001b\u202e\ud800'}b${'é\t\n😀'}`.text).toBe('a\ufffd\ufffd\ufffd\ufffdbé\t\n😀');
});
