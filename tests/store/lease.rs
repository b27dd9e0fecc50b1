use crate::harness::Raw;
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use quickcart::fault::Code;
use quickcart::store::model::Leased;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(600);

on_both! {
    async fn a_second_process_is_refused_and_told_the_first(shop) {
        let asked = shop.store.ask_for_lease("second", LONG, None).await.unwrap();
        let Leased::Held { holder, sign } = asked else { panic!("{asked:?}") };
        assert_eq!((holder.as_str(), sign.epoch), ("test", 1));
        assert!(sign.term.abs_diff(LONG) < Duration::from_secs(1), "{:?}", sign.term);
        assert!(sign.renewed_at_micros > 0);
    }

    async fn another_shop_of_the_database_has_a_lease_of_its_own(shop) {
        let sister = shop.sister().await;
        sister.set_setting("x".into(), 1.into(), shop.at).await.unwrap();
        shop.store.set_setting("x".into(), 2.into(), shop.at).await.unwrap();
        assert_eq!(sister.setting("x".into()).await.unwrap(), Some(1.into()));
    }

    async fn writes_of_the_old_holder_are_refused_after_a_takeover(shop) {
        let asked = shop.store.ask_for_lease("second", LONG, None).await.unwrap();
        let Leased::Held { sign, .. } = asked else { panic!("{asked:?}") };
        let taken = shop.store.ask_for_lease("second", LONG, Some(sign)).await.unwrap();
        assert_eq!(taken, Leased::Taken { epoch: 2 });

        let refused = shop.store.set_setting("x".into(), 1.into(), shop.at).await.unwrap_err();
        assert_eq!(refused.code, Code::LeaseLost);
        assert_eq!(shop.store.setting("x".into()).await.unwrap(), None, "nothing was written");
        assert!(!shop.store.renew_lease(LONG).await.unwrap());
        shop.store.release_lease().await.unwrap();

        let second = shop.store.with_epoch(2);
        second.set_setting("x".into(), 1.into(), shop.at).await.unwrap();
        assert!(second.renew_lease(LONG).await.unwrap());
    }

    async fn a_holder_that_gave_another_sign_of_life_is_not_taken_for_dead(shop) {
        let asked = shop.store.ask_for_lease("second", LONG, None).await.unwrap();
        let Leased::Held { sign, .. } = asked else { panic!("{asked:?}") };
        assert!(shop.store.renew_lease(LONG).await.unwrap());
        let asked = shop.store.ask_for_lease("second", LONG, Some(sign)).await.unwrap();
        assert!(matches!(asked, Leased::Held { .. }), "{asked:?}");
    }

    async fn a_released_lease_can_be_had_at_once_and_shuts_its_old_holder_out(shop) {
        shop.store.release_lease().await.unwrap();
        let refused = shop.store.set_setting("x".into(), 1.into(), shop.at).await.unwrap_err();
        assert_eq!(refused.code, Code::LeaseLost);
        assert_eq!(shop.store.ask_for_lease("second", LONG, None).await.unwrap(), Leased::Taken { epoch: 3 });
    }

    async fn of_two_that_ask_at_once_one_gets_it(shop) {
        shop.store.release_lease().await.unwrap();
        let asked = ["a", "b", "c", "d"].map(|holder| {
            let store = shop.store.clone();
            tokio::spawn(async move { store.ask_for_lease(holder, LONG, None).await.unwrap() })
        });
        let mut taken = 0;
        for answer in asked {
            taken += i32::from(matches!(answer.await.unwrap(), Leased::Taken { .. }));
        }
        assert_eq!(taken, 1);
    }

    /// On PostgreSQL, that is: SQLite has one writer at a time.
    async fn a_lease_is_renewed_while_a_write_goes_on_and_taken_over_only_after_it(shop) {
        let Raw::Pg(url) = shop.db() else { return };
        let mut door = AsyncPgConnection::establish(url).await.unwrap();
        door.batch_execute("BEGIN; LOCK TABLE settings IN ACCESS EXCLUSIVE MODE").await.unwrap();
        let (store, at) = (shop.store.clone(), shop.at);
        let write = tokio::spawn(async move { store.set_setting("x".into(), 1.into(), at).await });
        shop.db().come_to_wait(1).await;
        assert!(shop.store.renew_lease(LONG).await.unwrap());

        let asked = shop.store.ask_for_lease("second", LONG, None).await.unwrap();
        let Leased::Held { sign, .. } = asked else { panic!("{asked:?}") };
        let store = shop.store.clone();
        let takeover = tokio::spawn(async move { store.ask_for_lease("second", LONG, Some(sign)).await });
        shop.db().come_to_wait(2).await;
        door.batch_execute("COMMIT").await.unwrap();
        write.await.unwrap().unwrap();
        assert_eq!(takeover.await.unwrap().unwrap(), Leased::Taken { epoch: 2 });
    }

    async fn nothing_is_written_without_a_lease(shop) {
        let refused = shop.store.with_epoch(0).empty_cart(quickcart::rules::ids::UserId(1)).await.unwrap_err();
        assert_eq!(refused.code, Code::LeaseLost);
    }
}
