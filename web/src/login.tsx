// SPDX-License-Identifier: Apache-2.0
// login.tsx - the form for a token, where the server asks for one
import { useEffect, useRef, useState } from "preact/hooks";
import { give } from "./token";
import { words } from "./words";

export function Login({ refused }: { refused: boolean }) {
  const [text, setText] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <form
      class="login block"
      data-testid="login"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") give(text.trim());
      }}
    >
      <h1>{words.login.title}</h1>
      <p>{words.login.what}</p>
      {refused && (
        <p class="notice bad" role="alert">
          {words.login.refused}
        </p>
      )}
      <label>
        {words.login.token}
        <input type="password" name="token" autocomplete="off" spellcheck={false} pattern="[!-~]+" required ref={field} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <button type="submit">{words.login.go}</button>
      <p class="hint">{words.login.kept}</p>
    </form>
  );
}
