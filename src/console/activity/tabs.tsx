import { Tabs } from '../frame/tabs.tsx';

const places = [
  { title: 'Overview', href: '/console/activity' },
  { title: 'Event deliveries', href: '/console/activity/deliveries' },
  { title: 'Audit trail', href: '/console/activity/audit' },
];

/** The pages of this part, beside each other. */
export function ActivityTabs({ current }: { current: string }) {
  return <Tabs label="Activity" tabs={places} current={current} />;
}
