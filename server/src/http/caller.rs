//! Who asks, and what the route needs of them. A route that takes a [`Caller`] has to name a right,
//! and a session without it does not get in.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chatter_protocol::{ErrorBody, ErrorCode, Rights};

use super::extract::bearer;
use super::{App, Failure};
use crate::accept::Ticket;
use crate::auth::{SignedIn, rights};
use crate::chat::ChatError;

/// The session that the request was made with, which has the rights of `N`.
pub(super) struct Caller<N> {
    pub(super) who: SignedIn,
    need: PhantomData<N>,
}

/// What a session needs for a route.
pub(super) trait Need {
    /// All of these.
    const RIGHTS: Rights;
}

macro_rules! need {
    ($($(#[$doc:meta])* $name:ident = $rights:expr;)*) => {
        $(
            $(#[$doc])*
            pub(super) struct $name;

            impl Need for $name {
                const RIGHTS: Rights = $rights;
            }
        )*
    };
}

need! {
    /// Any session: it asks about itself.
    Anyone = rights::NOTHING;
    /// To see people, conversations and messages.
    MayRead = rights::READ;
    /// To post.
    MaySend = rights::SEND;
    /// To change what the answer shows.
    MaySendAndRead = rights::SEND_AND_READ;
    /// What only who knows the password may do.
    Owner = rights::ACCOUNT;
}

impl<N: Need> FromRequestParts<Arc<App>> for Caller<N> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let token = bearer(parts).ok_or_else(|| {
            let message = "Please sign in; this needs a token in the Authorization header.";
            ErrorBody::new(ErrorCode::AuthRequired, message)
        })?;
        let who = app.chat.auth().signed_in(&token).await.map_err(ChatError::from)?;
        if let Some(ticket) = parts.extensions.get::<Arc<Ticket>>() {
            ticket.signed_in();
        }
        who.check(N::RIGHTS).map_err(ChatError::from)?;
        Ok(Self { who, need: PhantomData })
    }
}
