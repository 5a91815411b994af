import { useQuery } from '@tanstack/react-query';
import { UserRound, UserRoundX } from 'lucide-react';
import { type ReactElement, useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import { AssigneesDocument } from '../../api/operations.ts';
import { useMissing, useSession } from '../../api/session.ts';
import { Menu, MenuItem, MenuSeparator } from '../../components/menu.tsx';
import { userName } from '../users/users-query.ts';

type AssigneeMenuProps = {
  readonly trigger: ReactElement;
  readonly onAssign: (assigneeId: string | null) => void;
};

/** Whom alerts can be given to: oneself, nobody, and everybody whom the caller may see. */
export function AssigneeMenu({ trigger, onAssign }: AssigneeMenuProps) {
  const { user } = useSession();
  const maySeeUsers = useMissing('UserRead') === undefined;
  const [wasOpened, setWasOpened] = useState(false);
  const users = useQuery({
    queryKey: ['assignees'],
    queryFn: async ({ signal }) => (await graphql(AssigneesDocument, {}, signal)).users,
    // Reading the list is on record: not before somebody wants it.
    enabled: maySeeUsers && wasOpened,
  });
  return (
    <Menu trigger={trigger} onOpenChange={(open) => open && setWasOpened(true)}>
      <MenuItem icon={UserRound} onClick={() => onAssign(user.id)}>
        Me
      </MenuItem>
      <MenuItem icon={UserRoundX} onClick={() => onAssign(null)}>
        Nobody
      </MenuItem>
      {maySeeUsers && <MenuSeparator />}
      {users.data
        ?.filter(({ id }) => id !== user.id)
        .map((other) => (
          <MenuItem key={other.id} onClick={() => onAssign(other.id)}>
            {userName(other)}
          </MenuItem>
        ))}
    </Menu>
  );
}
