import { TextField } from '../../components/field.tsx';

/** The server's rule, shown before it has to refuse. */
const lengthMin = 12;

export type NewPassword = { readonly password: string; readonly repeated: string };

/** What is wrong with a new password before it is sent, by input; the server has the last word. */
export function newPasswordProblem({
  password,
  repeated,
}: NewPassword): { field: string; message: string } | undefined {
  if ([...password].length < lengthMin) {
    return { field: 'password', message: `Use at least ${lengthMin} characters.` };
  }
  if (password !== repeated) return { field: 'repeated', message: 'The two passwords differ.' };
  return undefined;
}

type NewPasswordFieldsProps = {
  readonly value: NewPassword;
  readonly onChange: (value: NewPassword) => void;
  readonly autoFocus: boolean;
};

/** A new password, typed twice. */
export function NewPasswordFields({ value, onChange, autoFocus }: NewPasswordFieldsProps) {
  return (
    <>
      <TextField
        name="password"
        label="Password"
        description={`At least ${lengthMin} characters. A few unrelated words are easy to remember and hard to guess.`}
        type="password"
        autoComplete="new-password"
        required
        autoFocus={autoFocus}
        value={value.password}
        onValueChange={(password) => onChange({ ...value, password })}
      />
      <TextField
        name="repeated"
        label="Repeat password"
        type="password"
        autoComplete="new-password"
        required
        value={value.repeated}
        onValueChange={(repeated) => onChange({ ...value, repeated })}
      />
    </>
  );
}
