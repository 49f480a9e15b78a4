/**
 * A child process that ends with this one: signals that reach this process go on to the child, and this process ends as the
 * child did. Plain CommonJS, because set-up and the launcher run on any Node from 20.
 */
const { spawn } = require('node:child_process');
const { constants } = require('node:os');

const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** Time for a signal that this process sends to itself to arrive. The first process of a container never gets it. */
const OWN_SIGNAL_MS = 200;

/**
 * Runs a command to its end. `signal` is the one that ended the child, or that reached this process meanwhile; `error`
 * says why the command could not be started.
 */
function runChild(command, args, options) {
  let received = null;
  let child;
  const passOn = (signal) => {
    received = signal;
    child.kill(signal);
  };
  // Before the child starts: a signal in between would end this process alone. It is heard in a later turn, with the child.
  for (const signal of PASSED_ON) process.on(signal, passOn);
  child = spawn(command, args, options);
  return new Promise((resolve) => {
    const settle = (result) => {
      for (const signal of PASSED_ON) process.off(signal, passOn);
      resolve(result);
    };
    child.once('error', (error) => settle({ status: null, signal: received, error }));
    child.once('close', (status, signal) => settle({ status, signal: signal ?? received, error: undefined }));
  });
}

/** Ends this process as a signal would end it, so that whoever started it sees which one it was. */
function endBy(signal) {
  setTimeout(() => process.exit(128 + constants.signals[signal]), OWN_SIGNAL_MS);
  process.kill(process.pid, signal);
}

module.exports = { endBy, runChild };
