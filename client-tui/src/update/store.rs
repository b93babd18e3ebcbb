//! What this device's store brings, and how keeping goes.

use crate::state::{Account, Editor, Keeping, State};
use crate::sync::{Change, Kept, KeptUnsent, Replica};

/// The account as it was kept, before the link says anything.
pub(super) fn restored(state: &mut State, kept: Kept) {
    let Some(account) = &mut state.account else { return };
    let (link, me) = (account.link.clone(), account.replica.me().cloned());
    *account = account_of(kept);
    account.link = link;
    if let Some(me) = me {
        account.replica.set_me(me);
    }
}

/// An account as it was kept.
pub fn account_of(mut kept: Kept) -> Account {
    let drafts = std::mem::take(&mut kept.drafts);
    let keeping = Keeping::new(kept.lasting);
    let mut account = Account::new(Replica::restore(kept));
    account.keeping = keeping;
    account.drafts = drafts.into_iter().map(|(id, text)| (id, Editor::new(text))).collect();
    account
}

/// What has changed since it was asked for last, drafts included.
pub(super) fn unkept(account: &mut Account) -> Vec<Change> {
    let mut changes = account.replica.take_changes();
    for conversation in account.keeping.drafts.drain() {
        let draft = account.drafts.get(&conversation);
        let body = draft.map(|draft| draft.text().to_owned()).unwrap_or_default();
        changes.push(Change::Draft { conversation, body });
    }
    changes
}

/// The last batch, when the program ends: all that is not on disk or on its way there.
pub fn last_batch(state: &mut State) -> Vec<Change> {
    let Some(account) = &mut state.account else { return Vec::new() };
    let fresh = unkept(account);
    account.keeping.rest(fresh)
}

pub(super) fn adopted(state: &mut State, outbox: Vec<KeptUnsent>) {
    if let Some(account) = &mut state.account {
        account.replica.adopt(outbox);
    }
}

pub(super) fn kept(state: &mut State) {
    if let Some(account) = &mut state.account {
        account.keeping.kept();
    }
}

pub(super) fn keep_failed(state: &mut State, changes: Vec<Change>, problem: String) {
    if let Some(account) = &mut state.account {
        account.keeping.failed(changes, state.now);
        state.notice = Some(problem);
    }
}
