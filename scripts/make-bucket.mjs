// Makes a bucket, with credentials from the environment: node scripts/make-bucket.mjs <endpoint> <bucket>
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';

const [endpoint, Bucket] = process.argv.slice(2);
const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true });
await client.send(new CreateBucketCommand({ Bucket }));
client.destroy();
