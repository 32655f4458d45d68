/** A second process for the store test: counts in the folder it is given. */
import { FileStore } from '#embedded/store.ts';

const [folder, times] = process.argv.slice(2) as [string, string];
const store = new FileStore(folder, 1, 0);
for (let i = 0; i < Number(times); i += 1) {
  store.transaction((state) => {
    state.nextId += 1;
    return { result: undefined, changed: true };
  });
}
store.close();
