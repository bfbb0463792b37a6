// A form as a browser sends it, read from the HTML of its page.

/**
 * The form on a page that goes to `action`, filled in: `action` with what this showing of it is called, and `body`, its hidden
 * fields and what it asks for of those given. A name with several values is given a list.
 */
export function filled(page, action, fields) {
  const goes = (part) => attribute(part, 'action').split('?')[0] === action;
  const form = page.split('<form').slice(1).find(goes);
  if (!form) throw new Error(`There is no form that goes to ${action}.\n${page}`);
  const body = new URLSearchParams();
  for (const [input] of form.split('</form>')[0].matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    body.set(attribute(input, 'name'), attribute(input, 'value'));
  }
  for (const [name, value] of Object.entries(fields).filter(([name]) => form.includes(`name="${name}"`))) {
    body.delete(name);
    for (const one of [value].flat()) body.append(name, one);
  }
  return { action: attribute(form, 'action'), body };
}

function attribute(tag, name) {
  const [, value = ''] = new RegExp(`${name}="([^"]*)"`).exec(tag) ?? [];
  return value.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
