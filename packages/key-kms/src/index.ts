export { AwsKms, type AwsKmsOptions } from './aws-kms.js';
