//! Sessions and the own profile.

use chatter_protocol::rest::{
    ChangePasswordRequest, CreateTokenRequest, SessionGrant, SigninRequest, TokenGrant,
    UpdateMeRequest,
};
use chatter_protocol::{Me, Secret, Session, SessionId, Timestamp};

use super::{Chat, ChatError, Result};
use crate::auth::{AuthError, ClientAddress, SignedIn};
use crate::bus::Notice;
use crate::store::{EndSessions, ProfileChange};

impl Chat {
    /// Signs a device in. The session of `before`, a token that the device still has, ends: nobody
    /// would think of ending it later.
    pub async fn sign_in(
        &self,
        request: &SigninRequest,
        before: Option<&Secret>,
        address: &ClientAddress,
    ) -> Result<SessionGrant> {
        let grant = self.auth.sign_in(request, address).await?;
        if let Some(token) = before {
            match self.auth.signed_in(token).await {
                Ok(who) => {
                    self.end_sessions(&who, EndSessions::One(who.session.id)).await?;
                }
                Err(AuthError::SessionEnded) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(grant)
    }

    /// My sessions that have not ended, newest first.
    pub async fn sessions(&self, who: &SignedIn) -> Result<Vec<Session>> {
        let mut sessions = self.store.sessions(who.user(), Timestamp::now()).await?;
        for session in &mut sessions {
            session.current = session.id == who.session.id;
        }
        Ok(sessions)
    }

    /// Makes a token for a machine.
    pub async fn create_token(
        &self,
        who: &SignedIn,
        request: &CreateTokenRequest,
        address: &ClientAddress,
    ) -> Result<TokenGrant> {
        Ok(self.auth.create_token(who, request, address).await?)
    }

    /// Ends sessions of mine and closes their connections.
    pub async fn end_sessions(&self, who: &SignedIn, which: EndSessions) -> Result<Vec<SessionId>> {
        let ended = self.store.end_sessions(who.user(), which).await?;
        tracing::info!(user = %who.user(), ended = ended.len(), "sessions ended");
        self.tell_ended(&ended);
        Ok(ended)
    }

    /// Changes my password and ends my other sessions.
    pub async fn change_password(
        &self,
        who: &SignedIn,
        request: &ChangePasswordRequest,
        address: &ClientAddress,
    ) -> Result<Vec<SessionId>> {
        let ended = self.auth.change_password(who, request, address).await?;
        self.tell_ended(&ended);
        Ok(ended)
    }

    /// Changes my profile and what I share.
    pub async fn update_me(&self, who: &SignedIn, request: &UpdateMeRequest) -> Result<Me> {
        let display_name = request.display_name.as_deref().map(str::parse).transpose();
        let status_message = match request.status_message.as_deref().map(str::trim) {
            None => None,
            Some("") => Some(None),
            Some(text) => {
                let parsed = text.parse();
                Some(Some(parsed.map_err(|error| ChatError::field("status_message", error))?))
            }
        };
        let time_zone = match request.time_zone.as_deref().map(str::trim) {
            None => None,
            Some("") => Some(None),
            Some(name) => {
                let parsed = name.parse();
                Some(Some(parsed.map_err(|error| ChatError::field("time_zone", error))?))
            }
        };
        if let Some(end) = request.status_expires_at {
            let refusal = match status_message {
                Some(Some(_)) if end > Timestamp::now() => None,
                Some(Some(_)) => Some("A status message can't have ended before it is set."),
                _ => Some("An end goes with the status message that it is for."),
            };
            if let Some(why) = refusal {
                return Err(ChatError::field("status_expires_at", why));
            }
        }
        let change = ProfileChange {
            display_name: display_name.map_err(|error| ChatError::field("display_name", error))?,
            status_message,
            status_expires_at: request.status_expires_at,
            time_zone,
            privacy: request.privacy.unwrap_or_default(),
        };
        let me = self.store.update_profile(who.user(), change).await?;
        if me.privacy.presence != who.me.privacy.presence {
            self.roster.switched(who.user());
        }
        Ok(me)
    }

    fn tell_ended(&self, sessions: &[SessionId]) {
        if !sessions.is_empty() {
            self.bus.publish(Notice::SessionsEnded { sessions: sessions.into() });
        }
    }
}
