import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import workerd from 'workerd';
import { announce, endWithParent } from './serve.ts';

// One workerd with the configuration in a file, and its end with ours. Arguments: the file, and the port it serves.
const [config = '', port = '0'] = process.argv.slice(2);

const child = spawn(workerd.default, ['serve', '--experimental', config], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
process.on('exit', () => child.kill('SIGKILL'));
child.once('exit', () => process.exit(1));
endWithParent();
while (!(await isListening(Number(port)))) await new Promise((resolve) => setTimeout(resolve, 50));
announce({ port: Number(port), pids: [child.pid ?? 0] });

async function isListening(at: number): Promise<boolean> {
  const socket = new Socket();
  try {
    socket.connect(at, '127.0.0.1');
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
