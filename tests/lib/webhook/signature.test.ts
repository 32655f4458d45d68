import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { expect, it } from 'vitest';
import { isAuthentic } from '#lib/webhook/signature.ts';
import { otherSecret, secret } from './front-door.ts';

const now = Date.now();

it('takes what the Standard Webhooks library signs, and nothing in which a character differs', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, maxLength: 40 }),
      fc.string({ unit: 'grapheme' }),
      (id, payload) => {
        const timestamp = String(Math.floor(now / 1000));
        const signature = new Webhook(secret).sign(id, new Date(now), payload);
        const message = { id, timestamp, signature, payload, receivedAt: now };
        expect(isAuthentic(message, [otherSecret, secret])).toBe(true);
        expect(isAuthentic({ ...message, payload: `${payload} ` }, [secret])).toBe(false);
        expect(isAuthentic({ ...message, id: `${id}x` }, [secret])).toBe(false);
        expect(isAuthentic({ ...message, signature: signature.slice(0, -1) }, [secret])).toBe(false);
        expect(isAuthentic(message, [otherSecret])).toBe(false);
        expect(isAuthentic(message, [])).toBe(false);
      },
    ),
  );
});

it('agrees with the library about the example of the Standard Webhooks specification', () => {
  const example = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: '1614265330',
    signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    payload: '{"test": 2432232314}',
    receivedAt: 1614265330_000,
  };
  const key = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  expect(isAuthentic(example, [key])).toBe(true);
  expect(isAuthentic({ ...example, receivedAt: example.receivedAt + 300_999 }, [key])).toBe(true);
  expect(isAuthentic({ ...example, receivedAt: example.receivedAt + 301_000 }, [key])).toBe(false);
  expect(isAuthentic({ ...example, receivedAt: example.receivedAt - 301_000 }, [key])).toBe(false);
});
