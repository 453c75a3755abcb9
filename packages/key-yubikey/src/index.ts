export { YubiKey, type YubiKeyCommand, type YubiKeyOptions } from './yubikey.js';
