import { createSavedSearch } from '../../../actions/saved-search/create-saved-search.ts';
import { deleteSavedSearch } from '../../../actions/saved-search/delete-saved-search.ts';
import { listSavedSearches } from '../../../actions/saved-search/list-saved-searches.ts';
import type { SavedSearch } from '../../../actions/saved-search/saved-search.ts';
import { updateSavedSearch } from '../../../actions/saved-search/update-saved-search.ts';
import { builder, mutationField, queryField } from '../schema-builder.ts';
import { idInput, idPayload, input, payload } from './payload.ts';
import { actorRef } from './references.ts';

const savedSearchRef = builder.objectRef<SavedSearch>('SavedSearch').implement({
  description: 'A search of the audit log that is kept under a name',
  fields: (t) => ({
    id: t.exposeID('id'),
    name: t.exposeString('name'),
    query: t.exposeString('query', {
      description: "The filters as they stand in the console's address, such as action=SIGN_IN&range=24h",
    }),
    isShared: t.exposeBoolean('isShared', { description: 'Whether all who see the audit log have it' }),
    owner: t.expose('owner', { type: actorRef, nullable: true }),
    isOwn: t.exposeBoolean('isOwn', { description: 'Whether the caller saved it, and may change it' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
  }),
});

queryField('savedSearches', {
  action: listSavedSearches,
  type: [savedSearchRef],
  description: "Lists the caller's saved searches of the audit log, and those that others share",
  audience: 'internal',
});

mutationField('createSavedSearch', {
  action: createSavedSearch,
  type: payload('CreateSavedSearchOutput', 'savedSearch', savedSearchRef),
  args: input(
    builder.inputType('CreateSavedSearchInput', {
      fields: (t) => ({
        name: t.string({ required: true }),
        query: t.string({ required: true }),
        isShared: t.boolean({ defaultValue: false }),
      }),
    }),
  ),
  description: 'Saves a search of the audit log',
  audience: 'internal',
});

mutationField('updateSavedSearch', {
  action: updateSavedSearch,
  type: payload('UpdateSavedSearchOutput', 'savedSearch', savedSearchRef),
  args: input(
    builder.inputType('UpdateSavedSearchInput', {
      fields: (t) => ({
        id: t.id({ required: true }),
        name: t.string(),
        query: t.string(),
        isShared: t.boolean(),
      }),
    }),
  ),
  description: 'Renames, shares or changes a saved search',
  audience: 'internal',
});

mutationField('deleteSavedSearch', {
  action: deleteSavedSearch,
  type: idPayload('DeleteSavedSearchOutput'),
  args: input(idInput('DeleteSavedSearchInput')),
  description: 'Deletes a saved search',
  audience: 'internal',
});
