import { expect, test } from 'vitest';
import { UsageError } from './command.ts';
import { cliCommands } from './commands.ts';
import { readArguments } from './read-arguments.ts';

const read = (line: string) => readArguments(line.split(' ').filter(Boolean), cliCommands);

test('a command of two words, its positional and its options, in any order', () => {
  const { command, ...given } = read('plan --json --daily 5 set free --per-minute=2');
  expect(command?.name).toBe('plan set');
  expect(given).toEqual({ positionals: ['free'], options: { daily: '5', 'per-minute': '2' } });
});

test.each(['help', '--help', '-h', 'plan set --help', 'doctor -h'])('"%s" asks for help', (line) => {
  expect(read(line).command).toBeNull();
});

test.each([
  [
    '',
    'Say what to do: doctor, migrate, account create, account password reset, account second-factor reset, apikey create, apikey list, apikey revoke, plan set',
  ],
  ['docter', 'There is no command "docter". Did you mean doctor?'],
  ['acount creat', 'Did you mean account create'],
  ['plan', 'Did you mean plan set or plan give?'],
  [
    'xyzzy',
    'There are: doctor, migrate, account create, account password reset, account second-factor reset, apikey create, apikey list, apikey revoke, plan set',
  ],
  ['doctor --rolle worker', '"doctor" has no option --rolle. Did you mean --role?'],
  ['plan set free --dayly 5', '"plan set" has no option --dayly. Did you mean --daily?'],
  ['migrate --role web', '"migrate" has no option --role. It takes --json'],
  ['doctor --role', '--role needs a value'],
  ['doctor --role= web', '--role needs a value'],
  ['plan set free --daily 1 --daily 2', '--daily is given twice'],
  ['plan set --daily 1', '"plan set" needs SLUG'],
  ['plan set free premium --daily 1', '"plan set" takes no "premium"'],
  ['doctor now', '"doctor" takes no "now"'],
])('"%s" is not understood, and says why', (line, message) => {
  expect(() => read(line)).toThrow(UsageError);
  expect(() => read(line)).toThrow(message);
});
