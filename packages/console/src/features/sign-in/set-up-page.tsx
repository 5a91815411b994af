import { useState } from 'react';
import { TextField } from '../../components/field.tsx';
import { LinkForm } from './link-form.tsx';

export function SetUpPage() {
  const [values, setValues] = useState({ email: '', givenName: '', familyName: '' });
  const bind = (name: keyof typeof values) => ({
    name,
    value: values[name],
    onValueChange: (value: string) => setValues({ ...values, [name]: value }),
  });
  return (
    <LinkForm
      title="Create the first administrator"
      description="This account can do everything, including inviting others. Its actions are recorded like everyone’s."
      action="/internal/set-up"
      submitLabel="Create administrator"
      anotherLink="If no administrator exists yet, the server prints a new link each time it starts."
      values={values}
    >
      <TextField {...bind('email')} label="E-mail" type="email" autoComplete="username" required autoFocus />
      <div className="grid grid-cols-2 gap-3">
        <TextField {...bind('givenName')} label="Given name" autoComplete="given-name" />
        <TextField {...bind('familyName')} label="Family name" autoComplete="family-name" />
      </div>
    </LinkForm>
  );
}
