import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { FileQuestion } from 'lucide-react';
import { Loaded } from '../../components/loaded.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState } from '../../components/states.tsx';
import { DetectionEditor } from './detection-editor.tsx';
import { detectionQuery } from './detections-query.ts';
import { familyOf } from './families.ts';
import { templates } from './templates.ts';

const route = getRouteApi('/console/detections/$kind/$id');
const newRoute = getRouteApi('/console/detections/new/$template');

/** A detection that is kept. */
export function DetectionPage() {
  const { kind, id } = route.useParams();
  const detection = useQuery(detectionQuery(kind, id));
  return (
    <Loaded query={detection} label="the detection">
      {(saved) =>
        saved === null ? (
          <Page title={id}>
            <EmptyState icon={FileQuestion} title="This can not be shown here">
              It came with an upload, and is changed by another one.
            </EmptyState>
          </Page>
        ) : (
          <DetectionEditor
            // Another version is another text to begin with.
            key={`${saved.kind} ${saved.id} ${saved.version}`}
            kind={saved.kind}
            saved={saved}
            files={saved.files}
          />
        )
      }
    </Loaded>
  );
}

/** One that begins with a template. */
export function NewDetectionPage() {
  const { template } = newRoute.useParams();
  const chosen = templates[template];
  if (chosen === undefined || familyOf(chosen.kind) === undefined) {
    return (
      <Page title="New detection">
        <EmptyState icon={FileQuestion} title="There is no such template" />
      </Page>
    );
  }
  return <DetectionEditor key={template} kind={chosen.kind} saved={undefined} files={chosen.files} />;
}

const copyRoute = getRouteApi('/console/detections/copy/$kind/$id');

/** One that begins as another is now, under another id. */
export function CopiedDetectionPage() {
  const { kind, id } = copyRoute.useParams();
  const original = useQuery(detectionQuery(kind, id));
  return (
    <Loaded query={original} label="the detection">
      {(copied) =>
        copied === null ? (
          <Page title={id}>
            <EmptyState icon={FileQuestion} title="This can not be copied here" />
          </Page>
        ) : (
          <DetectionEditor
            kind={copied.kind}
            saved={undefined}
            files={copied.files.map(({ path, text }) => ({ path, text: text.replace(id, `${id}.Copy`) }))}
          />
        )
      }
    </Loaded>
  );
}
