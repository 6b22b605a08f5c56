// The server sends the package's own file in the place of this one: browsers don't know packages by name.
export { thumbHashToRGBA } from 'thumbhash';
