DROP TABLE inbox, audit_outbox, outbox, broadcast_targets, broadcasts, replies, terms_submissions, claims,
  fraud_flags, voucher_uses, vouchers, balances, entries, transfers, invoices, stock_units, order_lines, orders,
  carts, restock_subscriptions, media, product_prices, products, categories, support_threads, notify_chats,
  sessions, staff, customers, identities, users, jobs, settings, shop_leases, shops;
DROP FUNCTION refuse_change();
DROP FUNCTION refuse_illegal_move();
