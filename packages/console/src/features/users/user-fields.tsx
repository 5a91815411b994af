import { useQuery } from '@tanstack/react-query';
import { TextField } from '../../components/field.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { assignableRolesQuery } from './users-query.ts';

export type UserValues = {
  readonly email: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly role: string | null;
};
export const userInputNames = ['email', 'givenName', 'familyName', 'role'] as const;

type UserFieldsProps = {
  readonly value: UserValues;
  readonly onChange: (value: UserValues) => void;
};

export function UserFields({ value, onChange }: UserFieldsProps) {
  const roles = useQuery(assignableRolesQuery);
  return (
    <>
      <TextField
        name="email"
        label="E-mail"
        type="email"
        autoComplete="off"
        required
        value={value.email}
        onValueChange={(email) => onChange({ ...value, email })}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          name="givenName"
          label="Given name"
          autoComplete="off"
          value={value.givenName}
          onValueChange={(givenName) => onChange({ ...value, givenName })}
        />
        <TextField
          name="familyName"
          label="Family name"
          autoComplete="off"
          value={value.familyName}
          onValueChange={(familyName) => onChange({ ...value, familyName })}
        />
      </div>
      <SelectField
        name="role"
        label="Role"
        placeholder={roles.isPending ? 'Loading roles' : 'Choose a role'}
        {...(roles.isError && { description: `Roles could not be loaded: ${roles.error.message}` })}
        options={(roles.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        value={value.role}
        onChange={(role) => onChange({ ...value, role })}
      />
    </>
  );
}
