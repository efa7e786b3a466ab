//! Sizes, liveness and the outbox, without sockets.

use super::*;

#[test]
fn a_connection_and_its_task_stay_small() {
    assert!(size_of::<Connection>() <= 200, "{}", size_of::<Connection>());
    assert!(size_of::<Reader>() <= 64, "{}", size_of::<Reader>());
}

#[test]
fn contract_1_6_the_silent_are_pinged_and_the_dead_given_up() {
    assert_eq!(due(100, 0, 129, 30, 0), Due::Nothing);
    assert_eq!(due(100, 0, 130, 30, 0), Due::Ping);
    assert_eq!(due(100, 130, 159, 30, 0), Due::Nothing);
    assert_eq!(due(100, 130, 160, 30, 0), Due::Close);
    for key in 0..100 {
        assert_eq!(due(100, 0, 129, 30, key), Due::Nothing);
        assert_eq!(due(100, 0, 138, 30, key), Due::Ping);
    }
}
