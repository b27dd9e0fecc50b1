DROP TABLE inbox, audit_outbox, outbox, balances, entries, transfers, invoices, stock_units, order_lines,
  orders, carts, restocks, restock_subscriptions, product_prices, products, categories, support_threads,
  notify_chats, sessions, staff, customers, identities, users, settings, shop_leases, shops;
DROP FUNCTION refuse_change();
DROP FUNCTION refuse_illegal_move();
