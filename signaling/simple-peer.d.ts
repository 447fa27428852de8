/** Types for `#simple-peer`: the prebuilt browser file has the same interface as the package. */
export { default } from 'simple-peer';
export * from 'simple-peer';
