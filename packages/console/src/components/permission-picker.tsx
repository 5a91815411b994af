// biome-ignore-all lint/a11y/noLabelWithoutControl: each label holds a Checkbox
import { permissions } from '@pawprint/record';
import { useState } from 'react';
import type { Permission } from '../api/operations.ts';
import { Checkbox } from './checkbox.tsx';
import { controlClassName } from './field.tsx';

type PermissionPickerProps = {
  readonly value: readonly Permission[];
  readonly onChange: (value: readonly Permission[]) => void;
  readonly disabled?: boolean;
};

const groups = Map.groupBy(permissions, ({ group }) => group);

/** The permissions in the groups of the role form, each group with a box for all of it. */
export function PermissionPicker({ value, onChange, disabled = false }: PermissionPickerProps) {
  const [search, setSearch] = useState('');
  const wanted = search.trim().toLowerCase();
  const matches = ({ name, label }: { name: string; label: string }) =>
    name.toLowerCase().includes(wanted) || label.toLowerCase().includes(wanted);
  const set = (names: readonly Permission[], checked: boolean) =>
    onChange(checked ? [...new Set([...value, ...names])] : value.filter((name) => !names.includes(name)));

  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 font-medium text-sm">
        Permissions <span className="font-normal text-muted">({value.length} chosen)</span>
      </legend>
      <input
        type="search"
        aria-label="Search permissions"
        placeholder="Search permissions"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        className={`${controlClassName} h-8`}
      />
      <div className="columns-1 gap-3 sm:columns-2">
        {[...groups].map(([group, all]) => {
          const shown = all.filter(matches);
          if (shown.length === 0) return null;
          const names = all.map(({ name }) => name);
          const chosen = names.filter((name) => value.includes(name)).length;
          return (
            <fieldset key={group} className="mb-3 break-inside-avoid rounded-md border border-line">
              <legend className="sr-only">{group}</legend>
              <label className="flex items-center gap-2 border-line border-b bg-hover px-3 py-1.5 font-medium text-xs">
                <Checkbox
                  disabled={disabled}
                  checked={chosen === names.length}
                  indeterminate={chosen > 0 && chosen < names.length}
                  onCheckedChange={(checked) => set(names, checked)}
                  aria-label={`All of ${group}`}
                />
                {group}
              </label>
              {shown.map(({ name, label }) => (
                <label key={name} className="flex items-center gap-2 px-3 py-1 text-sm hover:bg-hover">
                  <Checkbox
                    disabled={disabled}
                    checked={value.includes(name)}
                    onCheckedChange={(checked) => set([name], checked)}
                    aria-label={label}
                  />
                  {label}
                </label>
              ))}
            </fieldset>
          );
        })}
      </div>
    </fieldset>
  );
}
