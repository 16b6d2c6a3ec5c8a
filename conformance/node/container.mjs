// Makes a container in Azurite and prints its URI with a SAS that opens it to a hub; or one that is deleted again.
//   node container.mjs ACCOUNT_URL NAME [gone]
import {
  BlobServiceClient,
  ContainerSASPermissions,
  StorageSharedKeyCredential,
  generateBlobSASQueryParameters,
} from '@azure/storage-blob';

// The account and key that Azurite documents for everybody.
const credential = new StorageSharedKeyCredential(
  'devstoreaccount1',
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
);

const [account, name, gone] = process.argv.slice(2);
const container = new BlobServiceClient(account, credential).getContainerClient(name);
await container.create();
if (gone) await container.delete();
const sas = generateBlobSASQueryParameters(
  {
    containerName: name,
    permissions: ContainerSASPermissions.parse('racwdl'),
    expiresOn: new Date(Date.now() + 24 * 3_600_000),
  },
  credential,
);
console.log(`${container.url}?${sas}`);
